import { NextResponse } from 'next/server'
import { z } from 'zod'

import { countPersonas } from '@/lib/personas/queries'
import { createClient } from '@/lib/supabase/server'

const newPersona = z.object({
  display_name: z.string().trim().min(1).max(80),
  bio: z.string().max(2000).nullish(),
  tone: z.enum(['friendly', 'expert', 'playful', 'formal']),
})

const LIMITS: Record<string, number> = { free: 2, studio: 10, agency: 100 }

export async function GET() {
  const supabase = await createClient()
  const { data, error } = await supabase
    .from('personas')
    .select('id, display_name, bio, tone, avatar_path, status, created_at, updated_at')
    .order('created_at')

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json(data)
}

export async function POST(request: Request) {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) return NextResponse.json({ error: 'Not signed in' }, { status: 401 })

  const body = newPersona.safeParse(await request.json())
  if (!body.success) return NextResponse.json({ error: body.error.message }, { status: 422 })

  const { data: profile } = await supabase.from('profiles').select('plan').eq('id', user.id).single()
  if ((await countPersonas(supabase, user.id)) >= LIMITS[profile?.plan ?? 'free']) {
    return NextResponse.json({ error: 'The plan allows no more personas' }, { status: 403 })
  }

  const { data, error } = await supabase
    .from('personas')
    .insert({ ...body.data, user_id: user.id })
    .select('id, display_name')
    .single()

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json(data, { status: 201 })
}
