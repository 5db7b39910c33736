CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`sealed_config` text NOT NULL,
	`public_config` text NOT NULL,
	`enabled` integer NOT NULL,
	`disabled_reason` text,
	`last_success_at` integer,
	`failing_since` integer,
	`last_error` text,
	`lease` text,
	`leased_until` integer DEFAULT 0 NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE TABLE `deliveries` (
	`notification_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`position` integer NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`last_status` integer,
	`last_error` text,
	`finished_at` integer,
	PRIMARY KEY(`notification_id`, `channel_id`)
);

CREATE INDEX `deliveries_due` ON `deliveries` (`state`,`next_attempt_at`);
CREATE TABLE `incidents` (
	`id` text PRIMARY KEY NOT NULL,
	`monitor_number` integer NOT NULL,
	`monitor_id` text NOT NULL,
	`monitor_name` text NOT NULL,
	`public` integer NOT NULL,
	`state` text NOT NULL,
	`verdict` text NOT NULL,
	`started_at` integer NOT NULL,
	`detected_at` integer NOT NULL,
	`resolved_at` integer,
	`reason` text,
	`scope` text NOT NULL,
	`quorum` text NOT NULL,
	`evidence` text NOT NULL,
	`location` text
);

CREATE INDEX `incidents_by_start` ON `incidents` (`started_at`,`id`);
CREATE TABLE `journal` (
	`id` integer PRIMARY KEY NOT NULL,
	`tick` integer NOT NULL,
	`commit_id` text NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`location` integer,
	`monitors` blob,
	`starts` blob,
	`outcomes` blob,
	`phases` blob,
	`detail` text
);

CREATE TABLE `monitors` (
	`number` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`check` text NOT NULL,
	`secrets` text,
	`interval_seconds` integer NOT NULL,
	`locations` text NOT NULL,
	`alert` text NOT NULL,
	`channels` text NOT NULL,
	`tags` text NOT NULL,
	`depends_on` text DEFAULT '[]' NOT NULL,
	`public` integer NOT NULL,
	`paused` integer NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE UNIQUE INDEX `monitors_id_unique` ON `monitors` (`id`);
CREATE TABLE `notifications` (
	`id` text PRIMARY KEY NOT NULL,
	`event` text NOT NULL,
	`at` integer NOT NULL,
	`monitor_id` text,
	`incident_id` text,
	`body` text NOT NULL
);

CREATE TABLE `shards` (
	`number` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`tick` integer NOT NULL,
	`tick_at` integer NOT NULL,
	`snapshot` text NOT NULL
);

CREATE TABLE `windows` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`monitors` text NOT NULL,
	`schedule` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`)
);
