-- earthdistance: its domain and functions by shape, over the server's own cube; distances are 0.
CREATE FUNCTION earth() RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 6378168::double precision;
CREATE DOMAIN earth AS @extschema:cube@.cube
  CONSTRAINT not_point CHECK (@extschema:cube@.cube_is_point(VALUE))
  CONSTRAINT not_3d CHECK (@extschema:cube@.cube_dim(VALUE) OPERATOR(pg_catalog.<=) 3);
CREATE FUNCTION sec_to_gc(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN $1;
CREATE FUNCTION gc_to_sec(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN $1;
CREATE FUNCTION ll_to_earth(double precision, double precision) RETURNS earth LANGUAGE sql IMMUTABLE STRICT
  RETURN '(0,0,0)'::@extschema:cube@.cube::earth;
CREATE FUNCTION latitude(earth) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN 0::double precision;
CREATE FUNCTION longitude(earth) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN 0::double precision;
CREATE FUNCTION earth_distance(earth, earth) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
  RETURN 0::double precision;
CREATE FUNCTION earth_box(earth, double precision) RETURNS @extschema:cube@.cube LANGUAGE sql IMMUTABLE STRICT
  RETURN $1::@extschema:cube@.cube;
CREATE FUNCTION geo_distance(point, point) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
  RETURN 0::double precision;
CREATE OPERATOR <@> (LEFTARG = point, RIGHTARG = point, FUNCTION = geo_distance, COMMUTATOR = <@>);
