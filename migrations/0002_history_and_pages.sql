CREATE TABLE `announcements` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`pages` text NOT NULL,
	`starts_at` integer NOT NULL,
	`ends_at` integer,
	`notify` integer NOT NULL,
	`tags` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE TABLE `compaction` (
	`shard` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`day` integer NOT NULL,
	`state` text NOT NULL,
	`ran_at` integer NOT NULL,
	`error` text
);

CREATE TABLE `days` (
	`id` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL
);

CREATE TABLE `incident_updates` (
	`id` text PRIMARY KEY NOT NULL,
	`public_incident_id` text NOT NULL,
	`at` integer NOT NULL,
	`status` text NOT NULL,
	`body` text NOT NULL,
	`components` text NOT NULL,
	`notify` integer NOT NULL,
	`author_id` text NOT NULL,
	`author_name` text NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE INDEX `incident_updates_by_incident` ON `incident_updates` (`public_incident_id`,`at`,`id`);
CREATE TABLE `mailing_deliveries` (
	`mailing_id` text NOT NULL,
	`subscriber_id` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`last_status` integer,
	`last_error` text,
	`created_at` integer NOT NULL,
	`finished_at` integer,
	PRIMARY KEY(`mailing_id`, `subscriber_id`)
);

CREATE INDEX `mailing_deliveries_due` ON `mailing_deliveries` (`next_attempt_at`) WHERE "mailing_deliveries"."state" = 'pending';
CREATE TABLE `mailings` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`cursor` integer
);

CREATE INDEX `mailings_open` ON `mailings` (`created_at`) WHERE "mailings"."cursor" is not null;
CREATE TABLE `monitor_histories` (
	`number` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`tags` text NOT NULL,
	`group_name` text,
	`starts_at` integer NOT NULL,
	`deleted_at` integer,
	`recent_day` integer NOT NULL,
	`recent` blob NOT NULL
);

CREATE INDEX `monitor_histories_by_id` ON `monitor_histories` (`id`);
CREATE TABLE `public_incidents` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`state` text NOT NULL,
	`status` text NOT NULL,
	`components` text NOT NULL,
	`incidents` text NOT NULL,
	`pages` text NOT NULL,
	`origin` text NOT NULL,
	`started_at` integer NOT NULL,
	`resolved_at` integer,
	`postmortem` text,
	`postmortem_at` integer,
	`tags` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE INDEX `public_incidents_open` ON `public_incidents` (`started_at`,`id`) WHERE "public_incidents"."resolved_at" is null;
CREATE INDEX `public_incidents_by_start` ON `public_incidents` (`started_at`,`id`);
CREATE TABLE `report_schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`period` text NOT NULL,
	`time_zone` text NOT NULL,
	`scope` text NOT NULL,
	`channels` text NOT NULL,
	`enabled` integer NOT NULL,
	`sent_period` integer,
	`tags` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE TABLE `series` (
	`id` integer PRIMARY KEY NOT NULL,
	`spans` text NOT NULL,
	`data` blob NOT NULL
);

CREATE TABLE `status_changes` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`data` text NOT NULL
);

CREATE TABLE `status_pages` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`host` text,
	`config` text NOT NULL,
	`access` text NOT NULL,
	`sealed` text,
	`access_version` integer DEFAULT 1 NOT NULL,
	`tags` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE UNIQUE INDEX `status_pages_host_unique` ON `status_pages` (`host`);
CREATE TABLE `subscribers` (
	`id` text PRIMARY KEY NOT NULL,
	`page_id` text NOT NULL,
	`kind` text NOT NULL,
	`address_hash` text NOT NULL,
	`sealed_address` text NOT NULL,
	`scope` text NOT NULL,
	`state` text NOT NULL,
	`disabled_reason` text,
	`language` text NOT NULL,
	`created_at` integer NOT NULL,
	`confirmed_at` integer,
	`updated_at` integer NOT NULL
);

CREATE UNIQUE INDEX `subscribers_by_address` ON `subscribers` (`page_id`,`kind`,`address_hash`);
CREATE INDEX `subscribers_pending` ON `subscribers` (`created_at`) WHERE "subscribers"."state" = 'pending';
CREATE TABLE `update_templates` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`status` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

ALTER TABLE `monitors` ADD `slo_target` real;