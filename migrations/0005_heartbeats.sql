CREATE TABLE `heartbeats` (
	`number` integer PRIMARY KEY NOT NULL,
	`key_hash` text NOT NULL,
	`sealed_key` text NOT NULL,
	`previous_key_hash` text,
	`previous_key_until` integer,
	`armed_at` integer NOT NULL,
	`memory` text
);

CREATE UNIQUE INDEX `heartbeats_by_key` ON `heartbeats` (`key_hash`);
CREATE INDEX `heartbeats_by_previous_key` ON `heartbeats` (`previous_key_hash`) WHERE "heartbeats"."previous_key_hash" is not null;
CREATE TABLE `pings` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`run_id` text,
	`exit_code` integer,
	`duration_ms` integer,
	`body` text,
	`body_bytes` integer NOT NULL
);
