-- pg_stat_statements: views without rows.
CREATE VIEW pg_stat_statements AS SELECT NULL::oid AS userid, NULL::oid AS dbid, true AS toplevel, NULL::bigint AS
    queryid,
  NULL::text AS query, NULL::bigint AS plans, NULL::double precision AS total_plan_time, NULL::bigint AS calls,
  NULL::double precision AS total_exec_time, NULL::double precision AS min_exec_time,
  NULL::double precision AS max_exec_time, NULL::double precision AS mean_exec_time, NULL::bigint AS rows WHERE false;
CREATE VIEW pg_stat_statements_info AS SELECT NULL::bigint AS dealloc, NULL::timestamptz AS stats_reset WHERE false;
CREATE FUNCTION pg_stat_statements_reset(userid oid DEFAULT 0, dbid oid DEFAULT 0, queryid bigint DEFAULT 0,
  minmax_only boolean DEFAULT false) RETURNS timestamptz LANGUAGE sql RETURN pg_catalog.now();
GRANT SELECT ON pg_stat_statements, pg_stat_statements_info TO PUBLIC;
