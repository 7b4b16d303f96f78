'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'

import { createClient } from '@/lib/supabase/server'

export async function askQuestion(formData: FormData) {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) redirect('/login')

  const question = String(formData.get('question') ?? '').trim()
  if (!question) return

  const { error } = await supabase.from('research_tasks').insert({ user_id: user.id, question })
  if (error) throw error

  revalidatePath('/research')
}
