"""Prints the p-values that the tests of `src/weak/cells.rs` are held against.

    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0
    python weak_parts.py
"""

import numpy as np
import scipy.stats as st
import statsmodels.api as sm

a = [3.1, 2.7, 4.0, 3.9, 2.2, 5.1, 3.3]
b = [2.0, 1.1, 2.9, 2.4, 1.8, 2.2, 3.0, 1.4, 2.6]
welch = st.ttest_ind(a, b, equal_var=False, alternative="greater")
print("welch", repr(float(welch.pvalue)))

# A difference of means is the slope on an indicator; its variance robust to clusters is the sandwich
# times B / (B - 1), and t is read with a degree less than the part has clusters.
losses = np.array(a + b)
blocks = np.arange(16) % 5
part = np.array([0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]) == 0
fit = sm.OLS(losses, sm.add_constant(part.astype(float))).fit(
    cov_type="cluster", cov_kwds={"groups": blocks, "use_correction": False}
)
count = len(set(blocks))
t = fit.params[1] / (fit.bse[1] * np.sqrt(count / (count - 1)))
own = len(set(blocks[part]))
print("cluster", own, repr(float(st.t.sf(t, own - 1))))
