import type { SupabaseClient } from '@supabase/supabase-js'

export type PersonaStatus = 'active' | 'archived'

export async function listPersonas(supabase: SupabaseClient, status: PersonaStatus = 'active') {
  const { data, error } = await supabase
    .from('personas')
    .select('id, display_name, tone, status, created_at')
    .eq('status', status)
    .order('display_name')

  if (error) throw error
  return data
}

export async function getPersona(supabase: SupabaseClient, personaId: string) {
  const { data, error } = await supabase
    .from('personas')
    .select('id, user_id, display_name, bio, tone, avatar_path, status')
    .eq('id', personaId)
    .maybeSingle()

  if (error) throw error
  return data
}

export async function archivePersona(supabase: SupabaseClient, personaId: string) {
  const { error } = await supabase.from('personas').update({ status: 'archived' }).eq('id', personaId)

  if (error) throw error
}

export async function countPersonas(supabase: SupabaseClient, userId: string) {
  const { count, error } = await supabase
    .from('personas')
    .select('id', { count: 'exact', head: true })
    .eq('user_id', userId)
    .eq('status', 'active')

  if (error) throw error
  return count ?? 0
}
