'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { z } from 'zod'

import { createClient } from '@/lib/supabase/server'
import { log } from '@/lib/log'

const connection = z.object({
  channelId: z.uuid(),
  externalAccountId: z.string().min(1),
  handle: z.string().trim().min(1),
})

export async function connectChannel(agentId: string, input: unknown) {
  const { channelId, externalAccountId, handle } = connection.parse(input)
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) redirect('/login')

  const { data: agent } = await supabase
    .from('agents')
    .select('id, user_id')
    .eq('id', agentId)
    .eq('user_id', user.id)
    .maybeSingle()
  if (!agent) return { error: 'This agent does not exist.' }

  const row = {
    agent_id: agent.id,
    channel_id: channelId,
    external_account_id: externalAccountId,
    handle,
  }
  const { error } = await supabase.from('agent_channels').insert(row)
  if (error) return { error: log(error).message }

  revalidatePath(`/agents/${agentId}/channels`)
  return { error: null }
}

export async function disconnectChannel(agentId: string, agentChannelId: string) {
  const supabase = await createClient()
  const { error } = await supabase
    .from('agent_channels')
    .update({ status: 'revoked' })
    .eq('id', agentChannelId)
    .eq('agent_id', agentId)

  if (error) return { error: error.message }

  revalidatePath(`/agents/${agentId}/channels`)
  return { error: null }
}
