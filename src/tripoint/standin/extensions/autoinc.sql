-- autoinc: its trigger changes nothing.
CREATE FUNCTION autoinc() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
