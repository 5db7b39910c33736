CREATE TABLE `activity` (
	`shard` integer PRIMARY KEY NOT NULL,
	`active_since` integer NOT NULL,
	`measuring_since` integer NOT NULL,
	`idle_since` integer,
	`idle_age_ms` integer NOT NULL
);

CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hint` text NOT NULL,
	`hash` text NOT NULL,
	`previous_hash` text,
	`previous_expires_at` integer,
	`role` text,
	`tags` text,
	`created_by` text NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE UNIQUE INDEX `api_keys_hash_unique` ON `api_keys` (`hash`);
CREATE UNIQUE INDEX `api_keys_previous_hash_unique` ON `api_keys` (`previous_hash`);
CREATE TABLE `audit_chain` (
	`number` integer PRIMARY KEY NOT NULL,
	`first_seq` integer NOT NULL,
	`first_previous` text NOT NULL,
	`first_signature` text NOT NULL,
	`last_seq` integer NOT NULL,
	`last_hash` text NOT NULL,
	`last_signature` text NOT NULL
);

CREATE TABLE `audit_entries` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor_type` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`address` text,
	`user_agent` text,
	`file` text,
	`action` text NOT NULL,
	`target_type` text NOT NULL,
	`target_id` text NOT NULL,
	`target_name` text NOT NULL,
	`before` text,
	`after` text,
	`hash` text NOT NULL
);

CREATE INDEX `audit_entries_by_time` ON `audit_entries` (`at`,`seq`);
CREATE INDEX `audit_entries_by_actor` ON `audit_entries` (`actor_id`,`seq`);
CREATE INDEX `audit_entries_by_target` ON `audit_entries` (`target_type`,`target_id`,`seq`);
CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`sealed_config` text NOT NULL,
	`public_config` text NOT NULL,
	`tags` text DEFAULT '{}' NOT NULL,
	`enabled` integer NOT NULL,
	`disabled_reason` text,
	`last_success_at` integer,
	`failing_since` integer,
	`last_error` text,
	`failed_attempts` integer DEFAULT 0 NOT NULL,
	`failure_notified` integer DEFAULT false NOT NULL,
	`gone_count` integer DEFAULT 0 NOT NULL,
	`gone_since` integer,
	`lease` text,
	`leased_until` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`paused_until` integer DEFAULT 0 NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE TABLE `damaged_journal` (
	`number` integer PRIMARY KEY NOT NULL,
	`rebuild_id` text NOT NULL,
	`removed_at` integer NOT NULL,
	`source_id` integer,
	`tick` text,
	`commit_id` text,
	`at` integer,
	`kind` text,
	`location` integer,
	`monitors` blob,
	`starts` blob,
	`outcomes` blob,
	`phases` blob,
	`detail` text,
	`checksum` text
);

CREATE TABLE `damaged_snapshots` (
	`number` integer PRIMARY KEY NOT NULL,
	`rebuild_id` text NOT NULL,
	`removed_at` integer NOT NULL,
	`source_id` integer,
	`seq` integer,
	`at` integer,
	`part` integer,
	`parts` integer,
	`whole` text,
	`data` text,
	`checksum` text
);

CREATE TABLE `deliveries` (
	`notification_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`position` integer NOT NULL,
	`subject` text DEFAULT '' NOT NULL,
	`urgency` integer DEFAULT 2 NOT NULL,
	`state` text NOT NULL,
	`turn` text,
	`released` integer DEFAULT false NOT NULL,
	`reached` integer,
	`superseded_by` text,
	`opened_not_sent` integer DEFAULT false NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`last_status` integer,
	`last_error` text,
	`created_at` integer DEFAULT 0 NOT NULL,
	`finished_at` integer,
	PRIMARY KEY(`notification_id`, `channel_id`)
);

CREATE INDEX `deliveries_pending` ON `deliveries` (`channel_id`,`position`,`notification_id`) WHERE "deliveries"."state" = 'pending';
CREATE INDEX `deliveries_finished` ON `deliveries` (`channel_id`,`state`,`position`,`notification_id`) WHERE "deliveries"."state" <> 'pending';
CREATE INDEX `deliveries_line` ON `deliveries` (`channel_id`,`subject`,`urgency`,`position`) WHERE "deliveries"."state" = 'pending';
CREATE INDEX `deliveries_ready` ON `deliveries` (`channel_id`,`urgency`,`position`) WHERE "deliveries"."turn" = 'ready';
CREATE INDEX `deliveries_waiting` ON `deliveries` (`channel_id`,`next_attempt_at`) WHERE "deliveries"."turn" = 'waiting';
CREATE TABLE `health` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`impaired_since` integer,
	`reasons` text NOT NULL
);

CREATE TABLE `identity_providers` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`issuer` text NOT NULL,
	`audience` text NOT NULL,
	`sealed_secret` text,
	`scopes` text NOT NULL,
	`groups_claim` text NOT NULL,
	`rules` text NOT NULL,
	`enabled` integer NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

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
	`evidence_deleted_at` integer,
	`location` text
);

CREATE INDEX `incidents_by_start` ON `incidents` (`started_at`,`id`);
CREATE INDEX `incidents_by_state` ON `incidents` (`state`,`started_at`,`id`);
CREATE INDEX `incidents_by_monitor` ON `incidents` (`monitor_id`,`state`,`started_at`,`id`);
CREATE INDEX `incidents_by_location` ON `incidents` (`location`,`state`,`started_at`,`id`) WHERE "incidents"."location" is not null;
CREATE INDEX `incidents_public_by_start` ON `incidents` (`state`,`started_at`,`id`) WHERE "incidents"."public" = 1;
CREATE INDEX `incidents_public_by_end` ON `incidents` (`state`,`resolved_at`,`id`) WHERE "incidents"."public" = 1;
CREATE INDEX `incidents_with_evidence` ON `incidents` (`resolved_at`) WHERE "incidents"."state" = 'resolved' and "incidents"."evidence" <> '[]';
CREATE INDEX `incidents_public_by_monitor` ON `incidents` (`monitor_number`) WHERE "incidents"."public" = 1;
CREATE TABLE `invitations` (
	`hash` text PRIMARY KEY NOT NULL,
	`person_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);

CREATE INDEX `invitations_by_person` ON `invitations` (`person_id`);
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
	`detail` text,
	`checksum` text NOT NULL
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
CREATE INDEX `monitors_with_secrets` ON `monitors` (`number`) WHERE "monitors"."secrets" is not null;
CREATE TABLE `notifications` (
	`id` text PRIMARY KEY NOT NULL,
	`event` text NOT NULL,
	`at` integer NOT NULL,
	`position` integer DEFAULT 0 NOT NULL,
	`monitor_id` text,
	`incident_id` text,
	`ends` text,
	`body` text NOT NULL
);

CREATE INDEX `notifications_by_monitor` ON `notifications` (`monitor_id`,`position`,`id`);
CREATE INDEX `notifications_by_incident` ON `notifications` (`incident_id`,`position`,`id`);
CREATE INDEX `notifications_by_event` ON `notifications` (`event`,`position`,`id`);
CREATE TABLE `passkeys` (
	`id` text PRIMARY KEY NOT NULL,
	`person_id` text NOT NULL,
	`name` text NOT NULL,
	`public_key` text NOT NULL,
	`counter` integer NOT NULL,
	`transports` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer
);

CREATE INDEX `passkeys_by_person` ON `passkeys` (`person_id`);
CREATE TABLE `people` (
	`id` text PRIMARY KEY NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`name` text NOT NULL,
	`email` text,
	`role` text,
	`tags` text,
	`username` text,
	`password_hash` text,
	`totp_secret` text,
	`totp_step` integer DEFAULT 0 NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`last_sign_in_at` integer,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE UNIQUE INDEX `people_username_unique` ON `people` (`username`);
CREATE UNIQUE INDEX `people_by_identity` ON `people` (`issuer`,`subject`);
CREATE TABLE `pruning` (
	`shard` integer PRIMARY KEY NOT NULL,
	`ran_at` integer NOT NULL,
	`notification_cursor` integer DEFAULT 0 NOT NULL
);

CREATE TABLE `recovery_codes` (
	`hash` text PRIMARY KEY NOT NULL,
	`person_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`used_at` integer
);

CREATE INDEX `recovery_codes_by_person` ON `recovery_codes` (`person_id`);
CREATE TABLE `sessions` (
	`hash` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`person_id` text NOT NULL,
	`method` text NOT NULL,
	`id_token` text,
	`address` text,
	`user_agent` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);

CREATE UNIQUE INDEX `sessions_id_unique` ON `sessions` (`id`);
CREATE INDEX `sessions_by_person` ON `sessions` (`person_id`);
CREATE INDEX `sessions_by_end` ON `sessions` (`expires_at`);
CREATE TABLE `shards` (
	`number` integer PRIMARY KEY NOT NULL,
	`tick` integer NOT NULL,
	`tick_at` integer NOT NULL
);

CREATE TABLE `sign_in_failures` (
	`key` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`since` integer NOT NULL
);

CREATE TABLE `snapshots` (
	`id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`part` integer NOT NULL,
	`parts` integer NOT NULL,
	`whole` text NOT NULL,
	`data` text NOT NULL,
	`checksum` text NOT NULL
);

CREATE TABLE `used_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`used_at` integer NOT NULL,
	`expires_at` integer
);

CREATE INDEX `used_tokens_by_end` ON `used_tokens` (`expires_at`) WHERE "used_tokens"."expires_at" is not null;
CREATE TABLE `windows` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`monitors` text NOT NULL,
	`tags` text DEFAULT '[]' NOT NULL,
	`schedule` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`)
);
