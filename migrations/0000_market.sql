CREATE TABLE "collection_state" (
	"collection_id" text PRIMARY KEY NOT NULL,
	"epoch" text NOT NULL,
	"seq" bigint NOT NULL,
	"floor" jsonb,
	"floor_price" numeric,
	"floor_unit" text,
	"listed_count" integer NOT NULL,
	"last_price" numeric,
	"last_price_currency" text,
	"last_price_source" text,
	"last_sale_at" timestamp(3) with time zone,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "collections" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"image_url" text,
	"chain" text,
	"contract" text,
	"currency" text,
	"supply" numeric(78, 0),
	"source" text NOT NULL,
	"simulated" boolean DEFAULT false NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_corrections" (
	"collection_id" text NOT NULL,
	"event_key_hash" "bytea" NOT NULL,
	"epoch" text NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "event_corrections_collection_id_event_key_hash_pk" PRIMARY KEY("collection_id","event_key_hash")
);
--> statement-breakpoint
CREATE TABLE "floor_changes" (
	"collection_id" text NOT NULL,
	"epoch" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"cause" text NOT NULL,
	"price" numeric,
	"unit" text,
	"floor" jsonb,
	CONSTRAINT "floor_changes_collection_id_epoch_seq_pk" PRIMARY KEY("collection_id","epoch","seq")
);
--> statement-breakpoint
CREATE TABLE "market_events" (
	"collection_id" text NOT NULL,
	"epoch" text NOT NULL,
	"seq" bigint NOT NULL,
	"event_key" text NOT NULL,
	"event_key_hash" "bytea" NOT NULL,
	"kind" text NOT NULL,
	"token_id" text,
	"price" numeric,
	"total_price" numeric,
	"currency" text,
	"unit" text,
	"price_usd" numeric,
	"quantity" numeric(78, 0) NOT NULL,
	"from_address" text,
	"to_address" text,
	"tx_hash" text,
	"order_id" text,
	"marketplace" text,
	"source" text NOT NULL,
	"corrects" text,
	"occurred_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone,
	"received_at" timestamp(3) with time zone NOT NULL,
	"floor_change" jsonb,
	"raw" jsonb,
	CONSTRAINT "market_events_collection_id_epoch_seq_pk" PRIMARY KEY("collection_id","epoch","seq")
);
--> statement-breakpoint
CREATE TABLE "rollups" (
	"collection_id" text NOT NULL,
	"grain" text NOT NULL,
	"bucket" timestamp(3) with time zone NOT NULL,
	"unit" text NOT NULL,
	"sales" bigint NOT NULL,
	"priced_sales" bigint NOT NULL,
	"items" numeric NOT NULL,
	"priced_items" numeric NOT NULL,
	"volume" numeric NOT NULL,
	"usd_sales" bigint NOT NULL,
	"volume_usd" numeric NOT NULL,
	"open" numeric,
	"open_at" timestamp(3) with time zone,
	"open_seq" bigint,
	"high" numeric,
	"low" numeric,
	"close" numeric,
	"close_at" timestamp(3) with time zone,
	"close_seq" bigint,
	"listings" bigint NOT NULL,
	"bids" bigint NOT NULL,
	"transfers" bigint NOT NULL,
	"cancels" bigint NOT NULL,
	"sources" text[] NOT NULL,
	CONSTRAINT "rollups_collection_id_grain_bucket_unit_pk" PRIMARY KEY("collection_id","grain","bucket","unit")
);
--> statement-breakpoint
CREATE TABLE "wallet_days" (
	"collection_id" text NOT NULL,
	"day" date NOT NULL,
	"address" text NOT NULL,
	"bought" integer NOT NULL,
	"sold" integer NOT NULL,
	CONSTRAINT "wallet_days_collection_id_day_address_pk" PRIMARY KEY("collection_id","day","address")
);
--> statement-breakpoint
CREATE TABLE "provider_cursors" (
	"provider" text NOT NULL,
	"collection" text NOT NULL,
	"cursor" jsonb NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "provider_cursors_provider_collection_pk" PRIMARY KEY("provider","collection")
);
--> statement-breakpoint
ALTER TABLE "collection_state" ADD CONSTRAINT "collection_state_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_corrections" ADD CONSTRAINT "event_corrections_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "floor_changes" ADD CONSTRAINT "floor_changes_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "market_events" ADD CONSTRAINT "market_events_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollups" ADD CONSTRAINT "rollups_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_days" ADD CONSTRAINT "wallet_days_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "collections_slug_key" ON "collections" USING btree ("slug");--> statement-breakpoint
CREATE INDEX "floor_changes_at" ON "floor_changes" USING btree ("collection_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "market_events_key" ON "market_events" USING btree ("collection_id","event_key_hash");--> statement-breakpoint
CREATE INDEX "market_events_occurred" ON "market_events" USING btree ("collection_id","occurred_at","seq");--> statement-breakpoint
CREATE INDEX "market_events_kind" ON "market_events" USING btree ("collection_id","kind","occurred_at","seq");--> statement-breakpoint
CREATE INDEX "market_events_token" ON "market_events" USING btree ("collection_id","token_id","occurred_at");--> statement-breakpoint
CREATE INDEX "market_events_from" ON "market_events" USING btree ("collection_id","from_address");--> statement-breakpoint
CREATE INDEX "market_events_to" ON "market_events" USING btree ("collection_id","to_address");