#ifndef IRIS_CPOSTGRES_H
#define IRIS_CPOSTGRES_H

#include <libpq-fe.h>

#endif
