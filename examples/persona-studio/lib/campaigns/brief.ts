import type { SupabaseClient } from '@supabase/supabase-js'

/** What the model is told about a campaign and the persona that speaks in it. */
export async function briefFor(supabase: SupabaseClient, campaignId: string): Promise<string> {
  const { data: campaign, error } = await supabase
    .from('campaigns')
    .select('id, name, goal, persona_id')
    .eq('id', campaignId)
    .single()
  if (error) throw error

  const { data: persona, error: personaError } = await supabase
    .from('personas')
    .select('display_name, bio, tone')
    .eq('id', campaign.persona_id)
    .single()
  if (personaError) throw personaError

  const { data: links } = await supabase
    .from('resonance_research_personas')
    .select('relevance, resonance_research(topic, audience, summary)')
    .eq('persona_id', campaign.persona_id)
    .order('relevance', { ascending: false })
    .limit(3)

  return [
    `You are ${persona.display_name}. Your tone is ${persona.tone}.`,
    persona.bio ?? '',
    `Campaign: ${campaign.name}. Goal: ${campaign.goal ?? 'none given'}.`,
    ...(links ?? []).map((link) => JSON.stringify(link.resonance_research)),
  ].join('\n')
}
