CREATE INDEX "activity_events_written" ON "activity_events" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "tasks_changed" ON "tasks" USING btree ("user_id","updated_at");--> statement-breakpoint
CREATE INDEX "alerts_changed" ON "alerts" USING btree ("user_id","updated_at");