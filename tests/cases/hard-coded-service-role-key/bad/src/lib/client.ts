import { createClient } from '@supabase/supabase-js'
import { url, anonKey } from './config'

export const supabase = createClient(url, anonKey)
