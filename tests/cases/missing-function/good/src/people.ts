import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const count = () => supabase.rpc('count_people')

/** The platform makes the functions of this schema, once its queues are exposed. */
export const nextJob = () => supabase.schema('pgmq_public').rpc('pop', { queue_name: 'jobs' })
