CREATE TABLE "late_listings" (
	"collection_id" text NOT NULL,
	"epoch" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"until" timestamp(3) with time zone NOT NULL,
	"price" numeric NOT NULL,
	"unit" text NOT NULL,
	CONSTRAINT "late_listings_collection_id_epoch_seq_pk" PRIMARY KEY("collection_id","epoch","seq")
);
--> statement-breakpoint
ALTER TABLE "floor_changes" ADD COLUMN "known_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "late_listings" ADD CONSTRAINT "late_listings_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "late_listings_until" ON "late_listings" USING btree ("collection_id","until");