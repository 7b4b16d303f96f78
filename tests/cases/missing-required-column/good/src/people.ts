import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const add = (name: string) => supabase.from('people').insert({ name })
export const addAll = (person: { name: string }) => supabase.from('people').insert({ born: '2001-01-01', ...person })
export const addSlug = (title: string) => supabase.from('slugs').insert({ title })
