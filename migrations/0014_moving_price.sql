ALTER TABLE "market_events" ADD COLUMN "end_price" numeric;--> statement-breakpoint
ALTER TABLE "market_events" ADD COLUMN "starts_at" timestamp(3) with time zone;