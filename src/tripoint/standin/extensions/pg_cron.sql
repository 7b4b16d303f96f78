-- pg_cron: jobs are written down and never run.
CREATE SCHEMA cron;
ALTER SCHEMA cron OWNER TO postgres;
CREATE TABLE cron.job (
  jobid bigserial PRIMARY KEY, schedule text NOT NULL, command text NOT NULL,
  nodename text NOT NULL DEFAULT 'localhost', nodeport integer NOT NULL DEFAULT 5432,
  database text NOT NULL DEFAULT pg_catalog.current_database(), username text NOT NULL DEFAULT CURRENT_USER,
  active boolean NOT NULL DEFAULT true, jobname text);
CREATE TABLE cron.job_run_details (
  jobid bigint, runid bigserial PRIMARY KEY, job_pid integer, database text, username text, command text, status text,
  return_message text, start_time timestamptz, end_time timestamptz);
CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
  INSERT INTO cron.job (schedule, command) VALUES ($1, $2) RETURNING jobid; END;
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
  DELETE FROM cron.job WHERE jobname = $1;
  INSERT INTO cron.job (jobname, schedule, command) VALUES ($1, $2, $3) RETURNING jobid; END;
CREATE FUNCTION cron.schedule_in_database(job_name text, schedule text, command text, database text,
  username text DEFAULT NULL, active boolean DEFAULT true) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
  INSERT INTO cron.job (jobname, schedule, command, database, active) VALUES ($1, $2, $3, $4, $6) RETURNING jobid;
    END;
CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE sql BEGIN ATOMIC
  DELETE FROM cron.job WHERE jobid = $1; SELECT true; END;
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
  DELETE FROM cron.job WHERE jobname = job_name;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'could not find valid entry for job %', pg_catalog.quote_literal(job_name);
  END IF;
  RETURN true;
END $f$;
CREATE FUNCTION cron.alter_job(job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL,
  database text DEFAULT NULL, username text DEFAULT NULL, active boolean DEFAULT NULL) RETURNS void LANGUAGE sql
  BEGIN ATOMIC SELECT; END;
GRANT USAGE ON SCHEMA cron TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL TABLES IN SCHEMA cron TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL SEQUENCES IN SCHEMA cron TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA cron TO postgres WITH GRANT OPTION;
