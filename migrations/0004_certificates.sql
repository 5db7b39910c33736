CREATE TABLE `certificates` (
	`number` integer PRIMARY KEY NOT NULL,
	`seen` text NOT NULL,
	`by_fingerprint` text NOT NULL,
	`updated_at` integer NOT NULL
);
