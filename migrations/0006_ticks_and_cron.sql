ALTER TABLE `shards` ADD `tick_source` text;
ALTER TABLE `shards` ADD `cron_at` integer;
ALTER TABLE `shards` ADD `other_since` integer;