CREATE TABLE `maintenance_spans` (
	`id` text PRIMARY KEY NOT NULL,
	`monitors` text NOT NULL,
	`spans` text NOT NULL
);

CREATE TABLE `monitor_states` (
	`number` integer PRIMARY KEY NOT NULL,
	`verdict` text NOT NULL,
	`since` integer NOT NULL,
	`never_checked` integer NOT NULL,
	`passing` integer NOT NULL,
	`failing` integer NOT NULL,
	`abstaining` integer NOT NULL,
	`warnings` text NOT NULL,
	`flapping` integer NOT NULL,
	`incident_id` text,
	`votes` text NOT NULL,
	`updated_at` integer NOT NULL
);

ALTER TABLE `journal` ADD `states_kept` integer;