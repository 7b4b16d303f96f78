import { randomBytes } from 'node:crypto'

import { NextResponse } from 'next/server'

import { createClient } from '@/lib/supabase/server'

export async function POST(request: Request) {
  const { persona_id, platform, redirect_to } = await request.json()
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) return NextResponse.json({ error: 'Not signed in' }, { status: 401 })

  const { data: persona } = await supabase
    .from('personas')
    .select('id')
    .eq('id', persona_id)
    .eq('user_id', user.id)
    .maybeSingle()
  if (!persona) return NextResponse.json({ error: 'No such persona' }, { status: 404 })

  const { data: network } = await supabase
    .from('social_platforms')
    .select('id, slug, auth_type')
    .eq('slug', platform)
    .eq('is_enabled', true)
    .maybeSingle()
  if (!network) return NextResponse.json({ error: 'Unknown platform' }, { status: 404 })

  const { data: session, error } = await supabase
    .from('social_oauth_sessions')
    .insert({
      user_id: user.id,
      persona_id: persona.id,
      platform_id: network.id,
      code_verifier: randomBytes(32).toString('base64url'),
      redirect_to,
    })
    .select('id')
    .single()
  if (error) return NextResponse.json({ error: error.message }, { status: 500 })

  const state = randomBytes(24).toString('base64url')
  const { error: stateError } = await supabase
    .from('oauth_states')
    .insert({ state, user_id: user.id, persona_id: persona.id, session_id: session.id })
  if (stateError) return NextResponse.json({ error: stateError.message }, { status: 500 })

  return NextResponse.json({ state, platform: network.slug })
}
