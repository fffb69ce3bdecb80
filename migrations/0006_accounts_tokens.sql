ALTER TABLE "email_tokens" ADD COLUMN "password_hash" text;--> statement-breakpoint
ALTER TABLE "email_tokens" ADD COLUMN "name" text;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD COLUMN "parent_hash" text;--> statement-breakpoint
CREATE UNIQUE INDEX "refresh_tokens_one_line" ON "refresh_tokens" USING btree ("parent_hash") WHERE used_at is not null;