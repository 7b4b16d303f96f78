-- postgres_fdw: a wrapper without a handler: foreign tables can be made, and read nothing.
CREATE FOREIGN DATA WRAPPER postgres_fdw NO HANDLER NO VALIDATOR;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO postgres WITH GRANT OPTION;
