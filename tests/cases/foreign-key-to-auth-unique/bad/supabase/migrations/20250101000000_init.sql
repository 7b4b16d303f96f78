create table contacts (id uuid primary key, phone text references auth.users (phone));
