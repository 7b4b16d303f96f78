'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'

import { createClient } from '@/lib/supabase/server'
import { parseAgentForm } from '@/lib/validation/agent'

export async function createAgent(formData: FormData) {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) redirect('/login')

  const { displayName, bio, tone } = parseAgentForm(formData)

  // The name is checked again by the form; the database has the last word.
  const { data: agent, error } = await supabase
    .from('agents')
    .insert({ user_id: user.id, display_name: displayName, bio, tone })
    .select('id, display_name')
    .single()

  if (error) {
    return { error: error.message }
  }

  // The dashboard reads personas; keep its entry in step until everything does.
  const { error: personaError } = await supabase
    .from('personas')
    .insert({ id: agent.id, user_id: user.id, display_name: agent.display_name, bio, tone })

  if (personaError) {
    return { error: personaError.message }
  }

  revalidatePath('/agents')
  redirect(`/agents/${agent.id}`)
}

export async function renameAgent(agentId: string, displayName: string) {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) redirect('/login')

  const trimmed = displayName.trim()
  if (!trimmed) return { error: 'A name is required.' }
  if (trimmed.length > 80) return { error: 'A name has at most 80 characters.' }

  const { error } = await supabase
    .from('agents')
    .update({ display_name: trimmed })
    .eq('id', agentId)
    .eq('user_id', user.id)

  if (error) return { error: error.message }

  revalidatePath(`/agents/${agentId}`)
  return { error: null }
}
