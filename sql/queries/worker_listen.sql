-- worker_listen: hear of jobs that the reaper gave back. Payload: {"kind":"...","keys":["..."]}.
LISTEN paceline_back;
