ALTER TABLE "market_events" ADD COLUMN "block_number" bigint;--> statement-breakpoint
ALTER TABLE "market_events" ADD COLUMN "log_index" integer;--> statement-breakpoint
ALTER TABLE "rollups" ADD COLUMN "open_place" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "rollups" ADD COLUMN "close_place" numeric DEFAULT '0' NOT NULL;