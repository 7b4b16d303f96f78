import { createClient } from '@supabase/supabase-js'
import { anonKey } from './config'

export const supabase = createClient('https://qhzvkdmwtrbnxoyfeplu.supabase.co', anonKey)
