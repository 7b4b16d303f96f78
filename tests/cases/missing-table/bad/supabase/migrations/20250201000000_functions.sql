create function public.note_signup() returns trigger language plpgsql as $$
begin
  -- audit_log is only spoken of, signup_log is written to
  insert into public.signup_log (profile, at) values (new.id, now());
  return new;
end
$$;
create trigger note_signup after insert on public.profiles for each row execute function public.note_signup();
create function public.signups() returns bigint language sql stable as 'select count(*) from signup_log';
