import pg from 'pg';

const pool = new pg.Pool();

export const add = (id) => pool.query('insert into eggs (id, colour) values ($1)', [id]);
