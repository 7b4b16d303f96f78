import { createClient } from '@supabase/supabase-js'

const db = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const practiceBySlug = (slug: string) =>
  db.from('practices').select('id, name, slug, time_zone, opening_hours').eq('slug', slug).single()

export const renamePractice = (id: string, name: string) => db.from('practices').update({ name }).eq('id', id)

export const colleagues = (practiceId: string) =>
  db
    .from('staff_members')
    .select('id, user_id, full_name, role, is_active')
    .eq('practice_id', practiceId)
    .eq('is_active', true)
    .order('full_name')

export const invite = (practiceId: string, userId: string, fullName: string) =>
  db
    .from('staff_members')
    .upsert(
      { practice_id: practiceId, user_id: userId, full_name: fullName, role: 'assistant' },
      { onConflict: 'practice_id,user_id' },
    )

export const patients = (practiceId: string) =>
  db.from('patients').select('id, full_name, email, phone, born_on').eq('practice_id', practiceId).order('full_name')

export const addPatient = (practiceId: string, fullName: string, email: string | null, bornOn: string | null) =>
  db.from('patients').insert({ practice_id: practiceId, full_name: fullName, email, born_on: bornOn })

export const writeNotes = (id: string, notes: string) => db.from('patients').update({ notes }).eq('id', id)

export const offered = (practiceId: string) =>
  db
    .from('treatments')
    .select('id, name, duration_minutes, price_cents')
    .eq('practice_id', practiceId)
    .eq('is_active', true)

export const offer = (practiceId: string, name: string) =>
  db.from('treatments').insert({ practice_id: practiceId, name, duration_minutes: 30, price_cents: 4500 })

export const day = (practiceId: string, from: string, to: string) =>
  db
    .from('appointments')
    .select('id, starts_at, ends_at, status, reason, patients(full_name, phone), treatments(name)')
    .eq('practice_id', practiceId)
    .gte('starts_at', from)
    .lt('starts_at', to)
    .order('starts_at')

export const book = (practiceId: string, patientId: string, treatmentId: string, startsAt: string, endsAt: string) =>
  db.from('appointments').insert({
    practice_id: practiceId,
    patient_id: patientId,
    treatment_id: treatmentId,
    staff_member_id: null,
    starts_at: startsAt,
    ends_at: endsAt,
    status: 'booked',
  })

export const cancel = (id: string) => db.from('appointments').update({ status: 'cancelled' }).eq('id', id)

export const dueReminders = (now: string) =>
  db
    .from('reminders')
    .select('id, appointment_id, channel, payload, attempts')
    .is('sent_at', null)
    .lte('send_at', now)
    .lt('attempts', 5)

export const remind = (appointmentId: string, sendAt: string) =>
  db.from('reminders').insert({ appointment_id: appointmentId, channel: 'email', send_at: sendAt, payload: { v: 1 } })

export const openInvoices = (practiceId: string) =>
  db
    .from('invoices')
    .select('id, number, issued_on, due_on, total_cents, status, invoice_lines(description, quantity, unit_price_cents)')
    .eq('practice_id', practiceId)
    .eq('status', 'open')

export const invoice = (practiceId: string, patientId: string, number: string) =>
  db.from('invoices').insert({ practice_id: practiceId, patient_id: patientId, number, total_cents: 0 })

export const pay = (id: string, at: string) => db.from('invoices').update({ status: 'paid', paid_at: at }).eq('id', id)

export const addLine = (invoiceId: string, description: string, quantity: number) =>
  db.from('invoice_lines').insert({
    invoice_id: invoiceId,
    treatment_id: null,
    description,
    quantity,
    unit_price_cents: 1200,
    position: 1,
  })

export const logEntry = (practiceId: string, staffMemberId: string, action: string) =>
  db.from('audit_entries').insert({
    practice_id: practiceId,
    staff_member_id: staffMemberId,
    action,
    details: { source: 'web' },
  })

export const history = (practiceId: string) =>
  db.from('audit_entries').select('id, action, details, created_at').eq('practice_id', practiceId).limit(50)
