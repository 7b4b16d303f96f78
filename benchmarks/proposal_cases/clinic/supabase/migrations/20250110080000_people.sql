-- Practices, their staff and their patients.
CREATE TABLE IF NOT EXISTS practices (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    time_zone TEXT NOT NULL DEFAULT 'Europe/Lisbon',
    opening_hours JSONB NOT NULL DEFAULT '{}'::jsonb,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS staff_members (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    practice_id UUID NOT NULL REFERENCES practices(id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES auth.users(id) ON DELETE CASCADE,
    full_name TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'assistant',
    is_active BOOLEAN NOT NULL DEFAULT true,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (practice_id, user_id)
);

CREATE TABLE IF NOT EXISTS patients (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    practice_id UUID NOT NULL REFERENCES practices(id) ON DELETE CASCADE,
    full_name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    born_on DATE,
    notes TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_staff_members_user_id ON staff_members(user_id);
CREATE INDEX idx_patients_practice_id ON patients(practice_id);

ALTER TABLE practices ENABLE ROW LEVEL SECURITY;
ALTER TABLE staff_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE patients ENABLE ROW LEVEL SECURITY;

CREATE POLICY "staff read their practices" ON practices FOR SELECT TO authenticated
    USING (id IN (SELECT practice_id FROM staff_members WHERE user_id = auth.uid()));
CREATE POLICY "members read staff_members" ON staff_members FOR SELECT TO authenticated
    USING (user_id = auth.uid());
CREATE POLICY "staff manage patients" ON patients FOR ALL TO authenticated
    USING (practice_id IN (SELECT s.practice_id FROM staff_members s WHERE s.user_id = auth.uid()))
    WITH CHECK (practice_id IN (SELECT s.practice_id FROM staff_members s WHERE s.user_id = auth.uid()));
