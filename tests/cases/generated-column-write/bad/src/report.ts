import pg from 'pg'

const pool = new pg.Pool()

export const fix = (id: number) => pool.query('update lines set tax = 1 where id = $1', [id])
