import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const first = () => supabase.from('seats').select('id').eq('number', '1').is('taken', null)
export const old = () => supabase.from('seats').select('id').eq('id', '7d444840-9dc0-11d1-b245-5ffdce74fad2')
export const free = () => supabase.from('seats').select('id').eq('taken', 'false')
export const chosen = (a?: string, b?: string) => {
  const seat = a ?? b ?? ''
  return supabase.from('seats').select('id').eq('id', seat)
}
export const later = async (find: () => Promise<string>) => {
  let seat = ''
  if (process.env.FIND) seat = await find()
  return supabase.from('seats').select('id').eq('id', seat)
}
export const byDefault = (seat = 'none') => supabase.from('seats').select('id').eq('id', seat)
export const many = (seats: string[], one?: string) => supabase.from('seats').select('id').in('id', [one ?? 'none', ...seats])
export const wide = (w: string[]) => supabase.from('seats').select('id').contains('meta', JSON.stringify(['wide'])).contains('meta', [])
export const tagged = (w: string[]) => supabase.from('seats').select('id').contains('tags', ['window']).contains('meta', [...w])
export const both = () => supabase.from('seats').select('id').contains('meta', { wide: true }).contains('meta->list', '[1]')
const blank = { number: '', id: '' }
export const save = (form = { ...blank }) => supabase.from('seats').insert({ ...form, taken: true })
