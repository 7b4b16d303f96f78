import { NextResponse } from 'next/server'

import { createClient } from '@/lib/supabase/server'

type Context = {
  params: Promise<{ id: string }>
}

export async function GET(_request: Request, { params }: Context) {
  const { id } = await params
  const supabase = await createClient()
  const { data, error } = await supabase
    .from('personas')
    .select('id, display_name, bio, tone, avatar_path, status, created_at, updated_at')
    .eq('id', id)
    .maybeSingle()

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  if (!data) return NextResponse.json({ error: 'No such persona' }, { status: 404 })
  return NextResponse.json(data)
}

export async function PATCH(request: Request, { params }: Context) {
  const { id } = await params
  const { display_name, bio, tone } = await request.json()
  const supabase = await createClient()
  const { data, error } = await supabase
    .from('personas')
    .update({ display_name, bio, tone })
    .eq('id', id)
    .select('id, display_name, bio, tone')
    .single()

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json(data)
}

export async function DELETE(_request: Request, { params }: Context) {
  const { id } = await params
  const supabase = await createClient()
  const { error } = await supabase.from('personas').delete().eq('id', id)

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return new NextResponse(null, { status: 204 })
}
