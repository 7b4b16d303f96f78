-- insert_username: its trigger changes nothing.
CREATE FUNCTION insert_username() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
