BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> a1

CREATE SCHEMA billing;

CREATE TYPE customer_status AS ENUM ('new', 'won''t pay');

CREATE TABLE customers (
    id SERIAL NOT NULL, 
    email VARCHAR(320) NOT NULL, 
    "Name" VARCHAR(80), 
    code VARCHAR, 
    status customer_status DEFAULT 'new' NOT NULL, 
    status_before customer_status, 
    kind VARCHAR(6) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    updated_at TIMESTAMP WITHOUT TIME ZONE DEFAULT CURRENT_TIMESTAMP, 
    active BOOLEAN DEFAULT true NOT NULL, 
    blocked BOOLEAN DEFAULT false, 
    level SMALLINT DEFAULT '3', 
    PRIMARY KEY (id), 
    CONSTRAINT level_is_positive CHECK (level > 0), 
    CONSTRAINT customers_name_level UNIQUE ("Name", level) DEFERRABLE INITIALLY DEFERRED, 
    UNIQUE (email)
);

CREATE INDEX "ix_customers_Name" ON customers ("Name");

CREATE UNIQUE INDEX ix_customers_code ON customers (code);

COMMENT ON TABLE customers IS 'whoever buys';

COMMENT ON COLUMN customers.email IS 'where bills go to';

CREATE TABLE billing.bills (
    id BIGSERIAL NOT NULL, 
    number BIGINT GENERATED ALWAYS AS IDENTITY (INCREMENT BY 5 START WITH 1000), 
    customer_id INTEGER NOT NULL, 
    total NUMERIC(12, 2) NOT NULL, 
    tax NUMERIC(10, 4), 
    gross NUMERIC GENERATED ALWAYS AS (total + tax) STORED, 
    "order" TEXT, 
    PRIMARY KEY (id), 
    CONSTRAINT bills_customer FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE SET NULL ON UPDATE RESTRICT, 
    FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE
);

CREATE TABLE billing.lines (
    bill_id BIGINT NOT NULL, 
    position INTEGER NOT NULL, 
    what VARCHAR(50) CHECK (what <> ''), 
    CONSTRAINT pk_lines PRIMARY KEY (bill_id, position), 
    FOREIGN KEY(bill_id) REFERENCES billing.bills (id)
);

CREATE INDEX lines_what_lower ON billing.lines (lower(what));

CREATE INDEX ix_billing_lines_what ON billing.lines (what);

CREATE TABLE everything (
    id UUID DEFAULT gen_random_uuid() NOT NULL, 
    a UUID, 
    b JSON, 
    c JSONB DEFAULT '{}'::jsonb NOT NULL, 
    d VARCHAR(20)[], 
    e INTEGER[] DEFAULT '{}', 
    f TIMESTAMP(3) WITH TIME ZONE, 
    g DATE, 
    h TIME WITH TIME ZONE, 
    i INTERVAL, 
    j FLOAT, 
    k FLOAT(24), 
    l BYTEA, 
    m INET, 
    n TSVECTOR, 
    o INT4RANGE, 
    p DOUBLE PRECISION, 
    q CHAR(2), 
    r VARCHAR, 
    s BIT(8), 
    t JSONB, 
    u TEXT, 
    v REAL, 
    w CIDR, 
    x NUMERIC(6), 
    y INTERVAL DAY TO SECOND (2), 
    z HSTORE, 
    aa INTEGER NOT NULL, 
    ab DOUBLE PRECISION, 
    ac BYTEA, 
    PRIMARY KEY (id)
);

CREATE INDEX ix_everything_g_h ON everything (g, h DESC);

CREATE INDEX ix_c ON everything USING gin (c jsonb_path_ops);

CREATE UNIQUE INDEX only_some ON everything (a) INCLUDE (q) WHERE b IS NOT NULL;

INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;

-- Running upgrade a1 -> b2

CREATE TYPE mood AS ENUM ('good', 'bad');

ALTER TABLE customers ADD COLUMN mood mood DEFAULT 'good' NOT NULL;

ALTER TABLE customers ADD COLUMN parent_id INTEGER;

ALTER TABLE customers ADD FOREIGN KEY(parent_id) REFERENCES customers (id);

CREATE INDEX ix_customers_parent_id ON customers (parent_id);

ALTER TABLE customers ADD COLUMN nick VARCHAR(10);

ALTER TABLE customers ADD UNIQUE (nick);

ALTER TABLE billing.bills ADD COLUMN extra JSONB;

ALTER TABLE customers ADD COLUMN touched_at TIMESTAMP WITH TIME ZONE DEFAULT now();

CREATE INDEX ix_customers_touched_at ON customers (touched_at);

ALTER TABLE everything ADD COLUMN touched_at TIMESTAMP WITH TIME ZONE DEFAULT now();

CREATE INDEX ix_everything_touched_at ON everything (touched_at);

CREATE TABLE plain (
    id bigint generated always as identity primary key,
    note text not null default 'it''s'
);
CREATE INDEX plain_note ON plain (note);;

ALTER TYPE mood ADD VALUE 'none';

ALTER TABLE plain ADD COLUMN more text;

ALTER TABLE customers RENAME "Name" TO full_name;

ALTER TABLE customers ALTER COLUMN email TYPE TEXT;

ALTER TABLE customers ALTER COLUMN email DROP NOT NULL;

ALTER TABLE customers ALTER COLUMN level DROP DEFAULT;

ALTER TABLE customers ALTER COLUMN blocked SET NOT NULL;

ALTER TABLE customers ALTER COLUMN blocked SET DEFAULT true;

ALTER TABLE everything ALTER COLUMN q TYPE INTEGER USING q::integer;

COMMENT ON COLUMN everything.g IS 'the day';

ALTER TABLE billing.bills RENAME total TO net;

ALTER TABLE customers DROP CONSTRAINT level_is_positive;

ALTER TABLE customers ADD CONSTRAINT level_is_small CHECK (level < 10);

ALTER TABLE everything ADD CONSTRAINT aa_known CHECK (aa IN (1, 2));

ALTER TABLE everything ADD CONSTRAINT uq_everything UNIQUE (a, g);

ALTER TABLE everything ADD UNIQUE (aa);

ALTER TABLE everything ADD CONSTRAINT everything_to_plain FOREIGN KEY(aa) REFERENCES plain (id) ON DELETE CASCADE DEFERRABLE;

DROP INDEX only_some;

ALTER TABLE everything DROP COLUMN l;

COMMENT ON TABLE plain IS 'as it''s written';

INSERT INTO plain (note) VALUES ('one');

UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';

-- Running upgrade b2 -> d4

CREATE TYPE role AS ENUM ('OWNER', 'GUEST');

CREATE TYPE role_value AS ENUM ('owner', 'guest');

CREATE TABLE members (
    id SERIAL NOT NULL, 
    role role NOT NULL, 
    role_by_value role_value, 
    first VARCHAR(20) GENERATED ALWAYS AS ('x' || 'y') STORED, 
    PRIMARY KEY (id)
);

CREATE FUNCTION grown() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    NEW.id := NEW.id + 1;
                    RETURN NEW;
                END
                $$;

CREATE TRIGGER grows BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION grown();

CREATE TABLE gone (
    id SERIAL NOT NULL, 
    PRIMARY KEY (id)
);

DROP TABLE gone;

UPDATE alembic_version SET version_num='d4' WHERE alembic_version.version_num = 'b2';

-- Running upgrade b2 -> c3

ALTER TABLE customers ADD COLUMN city VARCHAR(40);

ALTER TABLE customers ALTER COLUMN code SET NOT NULL;

CREATE INDEX ix_customers_city ON customers (city);

ALTER TABLE customers ADD CONSTRAINT uq_city UNIQUE (city, code);

ALTER TABLE customers DROP COLUMN updated_at;

ALTER TABLE billing.lines DROP CONSTRAINT pk_lines;

ALTER TABLE billing.lines ADD CONSTRAINT lines_pkey PRIMARY KEY (position, bill_id);

DROP INDEX billing.lines_what_lower;

ALTER TABLE billing.lines ADD CONSTRAINT position_counts CHECK (position >= 0);

ALTER TABLE plain RENAME TO notes;

CREATE TABLE IF NOT EXISTS tags (
    note_id BIGINT NOT NULL, 
    tag VARCHAR(30) NOT NULL, 
    weight INTEGER DEFAULT 1, 
    seen TIMESTAMP WITH TIME ZONE DEFAULT timezone('utc', now()), 
    day DATE DEFAULT CURRENT_DATE, 
    PRIMARY KEY (note_id, tag), 
    CONSTRAINT tags_note FOREIGN KEY(note_id) REFERENCES notes (id)
);

INSERT INTO alembic_version (version_num) VALUES ('c3') RETURNING alembic_version.version_num;

-- Running upgrade c3, d4 -> e5

ALTER TABLE members ADD CONSTRAINT members_customer FOREIGN KEY(id) REFERENCES customers (id);

ALTER TABLE everything ADD CONSTRAINT no_overlap EXCLUDE USING gist (o WITH &&) WHERE (aa > 0);

ALTER TABLE members ALTER COLUMN first DROP NOT NULL;

CREATE INDEX ix_members_whose_name_goes_on_and_on_until_nobody_can_k_feb4 ON members (first);

CREATE TABLE a_table_with_a_name_that_is_rather_long_by_itself (
    a_column_with_a_long_name INTEGER, 
    role role, 
    "of" INTEGER
);

CREATE INDEX ix_a_table_with_a_name_that_is_rather_long_by_itself_a__d2c8 ON a_table_with_a_name_that_is_rather_long_by_itself (a_column_with_a_long_name);

DROP INDEX ix_members_whose_name_goes_on_and_on_until_nobody_can_k_feb4;

CREATE INDEX ix_members_whose_name_goes_on_and_on_until_nobody_can_keep_it ON members (id);

DELETE FROM alembic_version WHERE alembic_version.version_num = 'c3';

UPDATE alembic_version SET version_num='e5' WHERE alembic_version.version_num = 'd4';

COMMIT;

