#ifndef IRIS_CFASTCGI_H
#define IRIS_CFASTCGI_H

#include <fcgiapp.h>

#endif
