import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const first = () => supabase.from('seats').select('id').eq('number', 'first')
export const old = () => supabase.from('seats').select('id').eq('id', 17)
export const either = (last: boolean) => supabase.from('seats').select('id').eq('number', last ? 'last' : '1')
export const wide = (width: string) => supabase.from('seats').select('id').contains('meta', [width])
export const tagged = () => supabase.from('seats').select('id').contains('tags', { window: true })
export const save = () => supabase.from('seats').insert({ id: '', number: 1 })
