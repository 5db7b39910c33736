CREATE TABLE `alerts` (
	`id` text PRIMARY KEY NOT NULL,
	`incident_id` text,
	`monitor_id` text,
	`opened_at` integer NOT NULL,
	`plan` text NOT NULL,
	`acknowledged_at` integer,
	`snoozed_until` integer,
	`ended_at` integer,
	`next_at` integer,
	`version` integer DEFAULT 1 NOT NULL
);
CREATE INDEX `alerts_due` ON `alerts` (`next_at`) WHERE "alerts"."next_at" is not null;
CREATE INDEX `alerts_open` ON `alerts` (`opened_at`) WHERE "alerts"."ended_at" is null;
CREATE INDEX `alerts_by_incident` ON `alerts` (`incident_id`) WHERE "alerts"."incident_id" is not null;
CREATE INDEX `alerts_by_end` ON `alerts` (`ended_at`) WHERE "alerts"."ended_at" is not null;
CREATE TABLE `incident_actions` (
	`id` text PRIMARY KEY NOT NULL,
	`incident_id` text NOT NULL,
	`at` integer NOT NULL,
	`action` text NOT NULL,
	`actor_type` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`via` text NOT NULL,
	`text` text,
	`snoozed_until` integer
);
CREATE INDEX `incident_actions_by_incident` ON `incident_actions` (`incident_id`,`at`,`id`);
CREATE TABLE `receipts` (
	`channel_id` text NOT NULL,
	`key` text NOT NULL,
	`receipt` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `key`)
);
CREATE INDEX `receipts_by_time` ON `receipts` (`updated_at`);
CREATE TABLE `routes` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`position` integer NOT NULL,
	`match` text NOT NULL,
	`continues` integer NOT NULL,
	`steps` text NOT NULL,
	`repeat_minutes` integer,
	`quiet_hours` text,
	`enabled` integer NOT NULL,
	`tags` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`time_zone` text NOT NULL,
	`rotations` text NOT NULL,
	`overrides` text NOT NULL,
	`tags` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`sealed` text,
	`version` integer DEFAULT 1 NOT NULL,
	`updated_at` integer NOT NULL
);
ALTER TABLE `channels` ADD `templates` text;
ALTER TABLE `channels` ADD `minute_started_at` integer DEFAULT 0 NOT NULL;
ALTER TABLE `channels` ADD `minute_messages` integer DEFAULT 0 NOT NULL;
ALTER TABLE `deliveries` ADD `last_response` text;
ALTER TABLE `deliveries` ADD `warning` text;
ALTER TABLE `deliveries` ADD `route_id` text;
ALTER TABLE `deliveries` ADD `held_until` integer;
ALTER TABLE `deliveries` ADD `merged_into` text;
ALTER TABLE `incidents` ADD `acknowledged_at` integer;
ALTER TABLE `incidents` ADD `acknowledged_by` text;
ALTER TABLE `incidents` ADD `snoozed_until` integer;
ALTER TABLE `monitors` ADD `group_name` text;
ALTER TABLE `monitors` ADD `description` text;
ALTER TABLE `monitors` ADD `runbook_url` text;
ALTER TABLE `people` ADD `channels` text DEFAULT '[]' NOT NULL;
INSERT INTO `settings` (`name`, `value`, `updated_at`) SELECT 'notifications', json_object('defaultChannels', json_group_array(`id`)), 0 FROM `channels` HAVING count(*) > 0;
UPDATE `monitors` SET `channels` = '"default"' WHERE `channels` = '"all"';
CREATE INDEX `deliveries_merged` ON `deliveries` (`merged_into`,`channel_id`) WHERE "deliveries"."merged_into" is not null;
CREATE INDEX `deliveries_openings` ON `deliveries` (`channel_id`,`created_at`) WHERE "deliveries"."reached" is not null and "deliveries"."held_until" is null;
