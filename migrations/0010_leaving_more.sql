ALTER TABLE "notifications" ADD COLUMN "shown_at" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "notifications_unshown" ON "notifications" USING btree ("created_at") WHERE shown_at is null and archived_at is null;--> statement-breakpoint
UPDATE "notifications" SET "shown_at" = "created_at" WHERE "shown_at" IS NULL;
