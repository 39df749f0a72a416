// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// LAPACK is column-major: a symmetric matrix is its own transpose, so eigenvectors come back as
// rows.
#include "kernels/lapack.h"

#include <stdlib.h>

void dsyev_(const char *job, const char *half, const int *n, double *a, const int *lda,
            double *values, double *work, const int *work_size, int *info);
void dsygv_(const int *type, const char *job, const char *half, const int *n, double *a,
            const int *lda, double *b, const int *ldb, double *values, double *work,
            const int *work_size, int *info);

static double *work_for(int n, int *size)
{
    *size = 34 * n + 16; // dsytrd's block of 32 columns, and a little
    return malloc((size_t)*size * sizeof(double));
}

bool symmetric_eigen(int n, double *a, double *values)
{
    int size, info = 1;
    double *work = work_for(n, &size);
    if (work)
        dsyev_("V", "U", &n, a, &n, values, work, &size, &info);
    free(work);
    return info == 0;
}

bool symmetric_eigen_pair(int n, double *a, double *b, double *values)
{
    int size, type = 1, info = 1;
    double *work = work_for(n, &size);
    if (work)
        dsygv_(&type, "V", "U", &n, a, &n, b, &n, values, work, &size, &info);
    free(work);
    return info == 0;
}
