import { Pool } from 'pg'

const pool = new Pool()

export const count = (room: string) =>
  pool.query('INSERT INTO tallies (room, guests) VALUES ($1, 1) ON CONFLICT (room) DO UPDATE SET guests = tallies.guests + 1', [room])

export const open = (room: string) =>
  pool.query('INSERT INTO visits (room, guest) VALUES ($1, 1) ON CONFLICT (room) WHERE left_at IS NULL DO NOTHING', [room])
