ALTER TABLE "market_events" ADD COLUMN "corrects_hash" "bytea";--> statement-breakpoint
ALTER TABLE "market_events" ADD COLUMN "corrected" jsonb;--> statement-breakpoint
CREATE INDEX "market_events_corrections" ON "market_events" USING btree ("collection_id","occurred_at","seq") WHERE corrects is not null;--> statement-breakpoint
CREATE INDEX "market_events_correction_numbers" ON "market_events" USING btree ("collection_id","epoch","seq") WHERE corrects is not null;--> statement-breakpoint
UPDATE "market_events" SET "corrects_hash" = substr(sha256(convert_to("corrects", 'UTF8')), 1, 16)
  WHERE "corrects" IS NOT NULL AND "corrects" <> "event_key";--> statement-breakpoint
INSERT INTO "webhook_topics" ("event_type", "collection", "webhook_id", "user_id", "min_price", "since")
  SELECT 'market.corrected', t."collection", t."webhook_id", t."user_id", t."min_price", t."since"
  FROM "webhook_topics" t JOIN "webhooks" w ON w."id" = t."webhook_id"
  WHERE t."event_type" = 'market.sale' AND 'market.*' = ANY(w."event_types")
  ON CONFLICT DO NOTHING;
