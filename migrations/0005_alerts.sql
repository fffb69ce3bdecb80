CREATE TABLE "alert_cursors" (
	"source" text PRIMARY KEY NOT NULL,
	"epoch" text NOT NULL,
	"seq" numeric(20, 0) NOT NULL,
	"clock" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alert_group_members" (
	"group_id" text NOT NULL,
	"alert_id" text NOT NULL,
	"told_state" text,
	CONSTRAINT "alert_group_members_group_id_alert_id_pk" PRIMARY KEY("group_id","alert_id")
);
--> statement-breakpoint
CREATE TABLE "alert_groups" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"key" text NOT NULL,
	"channels" jsonb,
	"group_interval_ms" numeric NOT NULL,
	"repeat_interval_ms" numeric NOT NULL,
	"told" integer DEFAULT 0 NOT NULL,
	"last_told_at" timestamp(3) with time zone,
	"due_at" timestamp(3) with time zone NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alert_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"metric" text NOT NULL,
	"subject" text NOT NULL,
	"fields" jsonb NOT NULL,
	"enabled" boolean NOT NULL,
	"enabled_at" timestamp(3) with time zone NOT NULL,
	"armed" boolean DEFAULT true NOT NULL,
	"built_in" text,
	"error" text,
	"error_since" timestamp(3) with time zone,
	"last_fired_at" timestamp(3) with time zone,
	"expires_at" timestamp(3) with time zone,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alert_states" (
	"rule_id" text NOT NULL,
	"fingerprint" text NOT NULL,
	"labels" jsonb NOT NULL,
	"state" jsonb NOT NULL,
	"alert_id" text,
	"engine" text NOT NULL,
	"due_at" timestamp(3) with time zone,
	"revision" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "alert_states_rule_id_fingerprint_pk" PRIMARY KEY("rule_id","fingerprint")
);
--> statement-breakpoint
CREATE TABLE "alert_transitions" (
	"alert_id" text NOT NULL,
	"number" integer NOT NULL,
	"from_state" text,
	"to_state" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL,
	"value" text,
	"reason" text NOT NULL,
	"actor" text,
	"comment" text,
	CONSTRAINT "alert_transitions_alert_id_number_pk" PRIMARY KEY("alert_id","number")
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"id" text PRIMARY KEY NOT NULL,
	"rule_id" text NOT NULL,
	"user_id" text NOT NULL,
	"fingerprint" text NOT NULL,
	"labels" jsonb NOT NULL,
	"name" text NOT NULL,
	"metric" text NOT NULL,
	"level" text NOT NULL,
	"condition" text NOT NULL,
	"operator" text,
	"threshold" text,
	"state" text NOT NULL,
	"health" text NOT NULL,
	"value" text,
	"message" text NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"fired_at" timestamp(3) with time zone,
	"resolved_at" timestamp(3) with time zone,
	"resolved_reason" text,
	"acknowledged_at" timestamp(3) with time zone,
	"acknowledged_by" text,
	"comment" text,
	"flapping" boolean DEFAULT false NOT NULL,
	"escalate_at" timestamp(3) with time zone,
	"escalated_at" timestamp(3) with time zone,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "silences" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"matchers" jsonb NOT NULL,
	"starts_at" timestamp(3) with time zone NOT NULL,
	"ends_at" timestamp(3) with time zone NOT NULL,
	"comment" text,
	"created_by" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "metric_samples" (
	"series_id" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"value" numeric NOT NULL,
	CONSTRAINT "metric_samples_series_id_at_pk" PRIMARY KEY("series_id","at")
);
--> statement-breakpoint
CREATE TABLE "metric_series" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text,
	"name" text NOT NULL,
	"labels" jsonb NOT NULL,
	"fingerprint" text NOT NULL,
	"subject" text NOT NULL,
	"counter" boolean DEFAULT false NOT NULL,
	"last_raw" numeric,
	"last_at" timestamp(3) with time zone,
	"evaluated_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alert_group_members" ADD CONSTRAINT "alert_group_members_group_id_alert_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."alert_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_group_members" ADD CONSTRAINT "alert_group_members_alert_id_alerts_id_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."alerts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_groups" ADD CONSTRAINT "alert_groups_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_states" ADD CONSTRAINT "alert_states_rule_id_alert_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."alert_rules"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_transitions" ADD CONSTRAINT "alert_transitions_alert_id_alerts_id_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."alerts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "silences" ADD CONSTRAINT "silences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_samples" ADD CONSTRAINT "metric_samples_series_id_metric_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."metric_series"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_series" ADD CONSTRAINT "metric_series_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alert_group_members_alert" ON "alert_group_members" USING btree ("alert_id");--> statement-breakpoint
CREATE UNIQUE INDEX "alert_groups_key" ON "alert_groups" USING btree ("user_id","key");--> statement-breakpoint
CREATE INDEX "alert_groups_due" ON "alert_groups" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "alert_rules_subject" ON "alert_rules" USING btree ("metric","subject") WHERE enabled;--> statement-breakpoint
CREATE INDEX "alert_rules_user" ON "alert_rules" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "alert_rules_built_in" ON "alert_rules" USING btree ("user_id","built_in") WHERE built_in is not null;--> statement-breakpoint
CREATE INDEX "alert_states_due" ON "alert_states" USING btree ("engine","due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "alert_states_sweep" ON "alert_states" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_standing" ON "alerts" USING btree ("rule_id","fingerprint") WHERE state <> 'resolved';--> statement-breakpoint
CREATE INDEX "alerts_list" ON "alerts" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "alerts_state" ON "alerts" USING btree ("user_id","state","created_at","id");--> statement-breakpoint
CREATE INDEX "alerts_rule" ON "alerts" USING btree ("rule_id","created_at");--> statement-breakpoint
CREATE INDEX "alerts_escalate" ON "alerts" USING btree ("escalate_at") WHERE escalate_at is not null;--> statement-breakpoint
CREATE INDEX "silences_user" ON "silences" USING btree ("user_id","ends_at");--> statement-breakpoint
CREATE INDEX "metric_samples_at" ON "metric_samples" USING brin ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "metric_series_fingerprint" ON "metric_series" USING btree ("fingerprint");--> statement-breakpoint
CREATE INDEX "metric_series_subject" ON "metric_series" USING btree ("user_id","name","subject");--> statement-breakpoint
CREATE INDEX "metric_series_last" ON "metric_series" USING btree ("last_at");