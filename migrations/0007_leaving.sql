ALTER TABLE "mails" ADD COLUMN "user_id" text;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "needs" text;--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD COLUMN "discord_url" text;--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD COLUMN "telegram" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "api_key_id" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "replays" jsonb;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhooks_created" ON "webhooks" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "webhooks_key" ON "webhooks" USING btree ("api_key_id") WHERE api_key_id is not null;--> statement-breakpoint
UPDATE "webhooks" SET "api_key_id" = a."actor_id" FROM "audit_log" a, "api_keys" k WHERE a."target_type" = 'webhook' AND a."target_id" = "webhooks"."id" AND a."action" = 'webhook.created' AND a."actor_type" = 'api_key' AND k."id" = a."actor_id";
