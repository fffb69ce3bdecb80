import type { Migration } from "../storage/migrate.ts";

/** The storage of a `StatusBoard`, step by step; only ever appended to. */
export const BOARD_STORAGE: readonly Migration[] = [
  `create table if not exists statuses (name text primary key, at integer not null, body text not null);
   create table if not exists health (
     name text primary key, status text not null, since integer not null, seen_at integer not null);
   create table if not exists requests (
     method text not null, route text not null, status text not null,
     count integer not null, sum_s real not null, buckets text not null,
     primary key (method, route, status));
   create table if not exists marks (id integer primary key, body text not null);`,
];
