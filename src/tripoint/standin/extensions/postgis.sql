-- postgis: its types, casts from text and the functions seen in applications, by shape. An index can be made and not
-- used: what stands for the operator class's functions only ever refuses.
CREATE TYPE geometry;
CREATE FUNCTION geometry_in(cstring, oid, integer) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION geometry_out(geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION geometry_typmod_in(cstring[]) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN 1;
CREATE FUNCTION geometry_typmod_out(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
CREATE TYPE geometry (
  INPUT = geometry_in, OUTPUT = geometry_out, TYPMOD_IN = geometry_typmod_in, TYPMOD_OUT = geometry_typmod_out,
    INTERNALLENGTH = VARIABLE,
  STORAGE = extended);
CREATE FUNCTION geometry_consistent(internal, geometry, smallint, oid, internal) RETURNS boolean LANGUAGE internal
    AS 'suppress_redundant_updates_trigger';
CREATE FUNCTION geometry_union(internal, internal) RETURNS geometry LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION geometry_penalty(internal, internal, internal) RETURNS internal LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION geometry_picksplit(internal, internal) RETURNS internal LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION geometry_same(geometry, geometry, internal) RETURNS internal LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION st_intersects(geometry, geometry) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
CREATE OPERATOR && (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = st_intersects, COMMUTATOR = &&);
CREATE OPERATOR CLASS gist_geometry_ops DEFAULT FOR TYPE geometry USING gist AS OPERATOR 3 &&,
  FUNCTION 1 geometry_consistent(internal, geometry, smallint, oid, internal), FUNCTION 2 geometry_union(internal,
    internal),
  FUNCTION 5 geometry_penalty(internal, internal, internal), FUNCTION 6 geometry_picksplit(internal, internal),
  FUNCTION 7 geometry_same(geometry, geometry, internal);
CREATE TYPE geography;
CREATE FUNCTION geography_in(cstring, oid, integer) RETURNS geography LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION geography_out(geography) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION geography_typmod_in(cstring[]) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN 1;
CREATE FUNCTION geography_typmod_out(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
CREATE TYPE geography (
  INPUT = geography_in, OUTPUT = geography_out, TYPMOD_IN = geography_typmod_in, TYPMOD_OUT = geography_typmod_out,
    INTERNALLENGTH = VARIABLE,
  STORAGE = extended);
CREATE FUNCTION geography_consistent(internal, geography, smallint, oid, internal) RETURNS boolean LANGUAGE
    internal AS 'suppress_redundant_updates_trigger';
CREATE FUNCTION geography_union(internal, internal) RETURNS geography LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION geography_penalty(internal, internal, internal) RETURNS internal LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION geography_picksplit(internal, internal) RETURNS internal LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION geography_same(geography, geography, internal) RETURNS internal LANGUAGE internal AS
    'suppress_redundant_updates_trigger';
CREATE FUNCTION st_intersects(geography, geography) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
CREATE OPERATOR && (LEFTARG = geography, RIGHTARG = geography, FUNCTION = st_intersects, COMMUTATOR = &&);
CREATE OPERATOR CLASS gist_geography_ops DEFAULT FOR TYPE geography USING gist AS OPERATOR 3 &&,
  FUNCTION 1 geography_consistent(internal, geography, smallint, oid, internal), FUNCTION 2
    geography_union(internal, internal),
  FUNCTION 5 geography_penalty(internal, internal, internal), FUNCTION 6 geography_picksplit(internal, internal),
  FUNCTION 7 geography_same(geography, geography, internal);
CREATE CAST (geometry AS geography) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (geography AS geometry) WITHOUT FUNCTION;
CREATE FUNCTION st_makepoint(double precision, double precision) RETURNS geometry LANGUAGE sql IMMUTABLE RETURN
    'POINT'::text::geometry;
CREATE FUNCTION st_point(double precision, double precision, integer DEFAULT 0) RETURNS geometry LANGUAGE sql
    IMMUTABLE RETURN 'POINT'::text::geometry;
CREATE FUNCTION st_setsrid(geometry, integer) RETURNS geometry LANGUAGE sql IMMUTABLE RETURN $1;
CREATE FUNCTION st_geogfromtext(text) RETURNS geography LANGUAGE sql IMMUTABLE RETURN $1::geography;
CREATE FUNCTION st_geomfromtext(text, integer DEFAULT 0) RETURNS geometry LANGUAGE sql IMMUTABLE RETURN $1::geometry;
CREATE FUNCTION st_geomfromgeojson(text) RETURNS geometry LANGUAGE sql IMMUTABLE RETURN $1::geometry;
CREATE FUNCTION st_asgeojson(geometry) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1::text;
CREATE FUNCTION st_astext(geometry) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1::text;
CREATE FUNCTION st_x(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0::double precision;
CREATE FUNCTION st_y(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0::double precision;
CREATE FUNCTION st_area(geography) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0::double precision;
CREATE FUNCTION st_distance(geography, geography) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0::double
    precision;
CREATE FUNCTION st_dwithin(geography, geography, double precision) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
