CREATE TABLE `windows` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`monitors` text NOT NULL,
	`schedule` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`)
);

ALTER TABLE `incidents` ADD `location` text;
ALTER TABLE `monitors` ADD `depends_on` text DEFAULT '[]' NOT NULL;