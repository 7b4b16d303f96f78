'use client'

import { supabase } from '@/lib/client'

export const people = () => supabase.from('people').select('id')
