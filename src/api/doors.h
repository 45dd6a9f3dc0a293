/* doors.h — the rooms' public doors (door_def): found by path, run by the program itself. */
#ifndef ZK_API_DOORS_H
#define ZK_API_DOORS_H
#include "api/call.h"

#define DOOR_ANY "{\"type\":\"object\"}"

err door_get(call *k) MUST_USE;
err door_post(call *k) MUST_USE;
err door_options(call *k) MUST_USE;
#endif
