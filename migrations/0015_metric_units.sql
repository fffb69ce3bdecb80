CREATE TABLE "metric_histograms" (
	"series_id" text PRIMARY KEY NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"buckets" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "metric_series" ADD COLUMN "unit" text;--> statement-breakpoint
ALTER TABLE "metric_histograms" ADD CONSTRAINT "metric_histograms_series_id_metric_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."metric_series"("id") ON DELETE cascade ON UPDATE no action;