//! Which family each license of the SPDX list belongs to.
//!
//! Our own classification of the list (edition 3.29). A test holds it against the copyleft marks that come with the
//! list; what is not here (about one in ten, rare ones) nobody has classified, and belongs to no family.

use super::Family;

/// The families, each with its licenses.
pub(super) const FAMILIES: &[(Family, &str)] = &[
    (Family::PublicDomain, PUBLIC_DOMAIN),
    (Family::Permissive, PERMISSIVE),
    (Family::WeakCopyleft, WEAK_COPYLEFT),
    (Family::StrongCopyleft, STRONG_COPYLEFT),
    (Family::NetworkCopyleft, NETWORK_COPYLEFT),
    (Family::ShareAlike, SHARE_ALIKE),
    (Family::Limited, LIMITED),
];

/// Given up, as far as the law lets: nothing is asked.
const PUBLIC_DOMAIN: &str = "\
    ANTLR-PD ANTLR-PD-fallback blessing CC-PDDC CC-PDM-1.0 CC0-1.0 DL-DE-ZERO-2.0 libselinux-1.0 \
    NCBI-PD NIST-PD NIST-PD-fallback NIST-PD-TNT NTIA-PD PDDL-1.0 SAX-PD SAX-PD-2.0 Unlicense \
    Unlicense-libtelnet Unlicense-libwhirlpool";

/// Whatever is made of it may come under other terms; notices are kept.
const PERMISSIVE: &str = "\
    0BSD AAL Abstyles AdaCore-doc Adobe-2006 Adobe-Display-PostScript Adobe-Utopia AFL-1.1 \
    AFL-1.2 AFL-2.0 AFL-2.1 AFL-3.0 Afmparse AMD-newlib AML AMPAS Apache-1.0 Apache-1.1 Apache-2.0 \
    APAFML App-s2p atc-game Baekmuk Bahyph Barr bcrypt-Solar-Designer Beerware Bitstream-Charter \
    Bitstream-Vera BlueOak-1.0.0 Boehm-GC Boehm-GC-without-fee Brian-Gladman-2-Clause \
    Brian-Gladman-3-Clause Brian-Gladman-3-Clause-no-conversion BSD-1-Clause BSD-2-Clause \
    BSD-2-Clause-Darwin BSD-2-Clause-first-lines BSD-2-Clause-FreeBSD BSD-2-Clause-NetBSD \
    BSD-2-Clause-Patent BSD-2-Clause-pkgconf-disclaimer BSD-2-Clause-Views BSD-3-Clause \
    BSD-3-Clause-acpica BSD-3-Clause-Attribution BSD-3-Clause-Clear BSD-3-Clause-flex BSD-3-Clause-HP \
    BSD-3-Clause-LBNL BSD-3-Clause-Modification BSD-3-Clause-No-Nuclear-Warranty BSD-3-Clause-Open-MPI \
    BSD-3-Clause-Sun BSD-3-Clause-Tso BSD-4-Clause BSD-4-Clause-Shortened BSD-4-Clause-UC BSD-4.3RENO \
    BSD-4.3TAHOE BSD-Advertising-Acknowledgement BSD-Attribution-HPND-disclaimer BSD-Inferno-Nettverk \
    BSD-Mark-Modifications BSD-Source-beginning-file BSD-Source-Code BSD-Systemics \
    BSD-Systemics-W3Works BSL-1.0 Buddy Bugroff bzip2-1.0.5 bzip2-1.0.6 Caldera Caldera-no-preamble \
    Catharon CC-BY-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-2.5-AU CC-BY-3.0 CC-BY-3.0-AT CC-BY-3.0-AU \
    CC-BY-3.0-DE CC-BY-3.0-IGO CC-BY-3.0-NL CC-BY-3.0-US CC-BY-4.0 CDLA-Permissive-1.0 \
    CDLA-Permissive-2.0 CERN-OHL-P-2.0 CFITSIO check-cvs checkmk Clips CMU-Mach \
    CMU-Mach-nodoc CNRI-Jython CNRI-Python CNRI-Python-GPL-Compatible COIL-1.0 Condor-1.1 \
    Cornell-Lossless-JPEG Cronyx CryptoSwift Cube curl cve-tou DEC-3-Clause diffmark DL-DE-BY-2.0 DOC \
    DocBook-Schema DocBook-Stylesheet DocBook-XML Dotseqn DRL-1.0 DRL-1.1 DSDP dtoa dvipdfm ECL-1.0 \
    ECL-2.0 EFL-1.0 EFL-2.0 eGenix Entessa EPICS ESA-PL-permissive-2.4 etalab-2.0 EUDatagrid Fair \
    Ferguson-Twofish FreeBSD-DOC FSFAP FSFAP-no-warranty-disclaimer FSFUL FSFULLR FSFULLRWD \
    FTL Furuseth fwlw Game-Programming-Gems GD generic-xts Giftware Glulxe GLWTPL gnuplot \
    Graphics-Gems gtkbook Gutmann HaskellReport HDF5 HIDAPI HP-1986 HP-1989 HPND HPND-DEC HPND-doc \
    HPND-doc-sell HPND-export-US HPND-export-US-acknowledgement HPND-export-US-modify HPND-export2-US \
    HPND-Fenneberg-Livingston HPND-INRIA-IMAG HPND-Kevlin-Henney HPND-Markus-Kuhn \
    HPND-merchantability-variant HPND-MIT-disclaimer HPND-Netrek HPND-Pbmplus \
    HPND-sell-MIT-disclaimer-xserver HPND-sell-regexpr HPND-sell-variant \
    HPND-sell-variant-critical-systems HPND-sell-variant-MIT-disclaimer \
    HPND-sell-variant-MIT-disclaimer-rev HPND-SMC HPND-UC HPND-UC-export-US HTMLTIDY hyphen-bulgarian \
    IBM-pibs ICU IJG IJG-short ImageMagick Imlib2 Info-ZIP Informatica Inner-Net-2.0 Intel ISC \
    ISC-Veillard Jam JasPer-2.0 jove JPNIC Kazlib Latex2e Latex2e-translated-notice \
    Leptonica Libpng libpng-1.6.35 libpng-2.0 libtiff libutil-David-Nugent LiLiQ-P-1.1 \
    Linux-man-pages-1-para Linux-OpenIB lsof Lucida-Bitmap-Fonts Mackerras-3-Clause \
    Mackerras-3-Clause-acknowledgment magaz mailprio MakeIndex man2html Martin-Birgmeier \
    McPhee-slideshow metamail Minpack MIPS MirOS MIT MIT-0 MIT-advertising MIT-Click MIT-CMU MIT-enna \
    MIT-feh MIT-Festival MIT-Khronos-old MIT-Modern-Variant MIT-open-group MIT-STK MIT-testregex \
    MIT-Wu MITNFA MMIXware MPEG-SSG mpich2 mplus MTLL MulanPSL-1.0 MulanPSL-2.0 MVT-1.1 Naumen \
    NBPL-1.0 NCSA NetCDF Newsletr ngrep NIST-Software NLOD-1.0 NLOD-2.0 NRL NTP NTP-0 Nunit O-UDA-1.0 \
    ODC-By-1.0 OFFIS OGC-1.0 OGDL-Taiwan-1.0 OGL-Canada-2.0 OGL-UK-1.0 OGL-UK-2.0 OGL-UK-3.0 OLDAP-1.1 \
    OLDAP-1.2 OLDAP-1.3 OLDAP-1.4 OLDAP-2.0 OLDAP-2.0.1 OLDAP-2.1 OLDAP-2.2 OLDAP-2.2.1 OLDAP-2.2.2 \
    OLDAP-2.3 OLDAP-2.4 OLDAP-2.5 OLDAP-2.6 OLDAP-2.7 OLDAP-2.8 OpenMDW-1.0 OpenSSL OpenSSL-standalone \
    OpenVision OPL-UK-3.0 ParaType-Free-Font-1.3 PHP-3.0 PHP-3.01 pkgconf Plexus pnmstitch PostgreSQL \
    PSF-2.0 psfrag psutils Python-2.0 Python-2.0.1 python-ldap Qhull radvd Rdisc Ruby-pty Saxpath \
    SchemeReport SGI-B-2.0 SGI-OpenGL SGMLUG-PM SGP4 SHL-0.5 SHL-0.51 SMLNJ SMPPL snprintf softSurfer \
    Soundex Spencer-86 Spencer-94 Spencer-99 ssh-keyscan SSH-OpenSSH SSH-short SSLeay-standalone \
    StandardML-NJ Sun-PPP Sun-PPP-2000 SunPro SWL swrule Symlinks TCL TCP-wrappers TekHVC TermReadKey \
    ThirdEye threeparttable TTWL TTYP0 TU-Berlin-1.0 TU-Berlin-2.0 UCAR ulem UMich-Merit Unicode-3.0 \
    Unicode-DFS-2015 Unicode-DFS-2016 UnixCrypt UPL-1.0 URT-RLE Vixie-Cron W3C W3C-19980720 \
    W3C-20150513 w3m Widget-Workshop WordNet Wsuipa WTFNMFPL WTFPL X11 \
    X11-distribute-modifications-variant X11-no-permit-persons X11-swapped Xdebug-1.03 Xerox Xfig \
    xkeyboard-config-Zinoviev xlock Xnet xpp XSkat xzoom Zed Zeeff Zend-2.0 Zlib \
    zlib-acknowledgement ZPL-1.1 ZPL-2.0 ZPL-2.1";

/// What is changed of it stays under its terms; what only uses it need not.
const WEAK_COPYLEFT: &str = "\
    CECILL-B MS-PL xinetd APSL-1.0 APSL-1.1 APSL-1.2 APSL-2.0 Artistic-1.0 Artistic-1.0-cl8 Artistic-1.0-Perl Artistic-2.0 \
    Artistic-dist BitTorrent-1.0 BitTorrent-1.1 CATOSL-1.1 CDDL-1.0 CDDL-1.1 CECILL-C CERN-OHL-W-2.0 \
    ClArtistic CPL-1.0 CUA-OPL-1.0 eCos-2.0 EPL-1.0 EPL-2.0 ErlPL-1.1 ESA-PL-weak-copyleft-2.4 \
    Frameworx-1.0 FreeImage gSOAP-1.3b Interbase-1.0 IPA IPL-1.0 LGPL-2.0 LGPL-2.0+ LGPL-2.0-only \
    LGPL-2.0-or-later LGPL-2.1 LGPL-2.1+ LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0+ \
    LGPL-3.0-only LGPL-3.0-or-later LGPLLR LiLiQ-R-1.1 LPL-1.0 LPL-1.02 LPPL-1.0 LPPL-1.1 LPPL-1.2 \
    LPPL-1.3a LPPL-1.3c Motosoto MPL-1.0 MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception MS-RL NASA-1.3 \
    Nokia NOSL NPL-1.0 NPL-1.1 OCCT-PL OCLC-2.0 OFL-1.0 OFL-1.0-no-RFN OFL-1.0-RFN OFL-1.1 \
    OFL-1.1-no-RFN OFL-1.1-RFN OPL-1.0 OSC-1.0 OSET-PL-2.1 RHeCos-1.1 RSCPL Ruby SISSL SISSL-1.2 SNIA \
    SPL-1.0 SugarCRM-1.1.3 Ubuntu-font-1.0 Vim wxWindows YPL-1.0 YPL-1.1 Zimbra-1.3 Zimbra-1.4";

/// What is made with it and handed on comes under its terms.
const STRONG_COPYLEFT: &str = "\
    Arphic-1999 BSD-Protection CECILL-1.0 CECILL-1.1 CECILL-2.0 CECILL-2.1 CERN-OHL-1.1 CERN-OHL-1.2 \
    CERN-OHL-S-2.0 copyleft-next-0.3.0 copyleft-next-0.3.1 D-FSL-1.0 ESA-PL-strong-copyleft-2.4 Glide \
    GPL-1.0 GPL-1.0+ GPL-1.0-only GPL-1.0-or-later GPL-2.0 GPL-2.0+ GPL-2.0-only GPL-2.0-or-later \
    GPL-2.0-with-autoconf-exception GPL-2.0-with-bison-exception GPL-2.0-with-classpath-exception \
    GPL-2.0-with-font-exception GPL-2.0-with-GCC-exception GPL-3.0 GPL-3.0+ GPL-3.0-only \
    GPL-3.0-or-later GPL-3.0-with-autoconf-exception GPL-3.0-with-GCC-exception LiLiQ-Rplus-1.1 NGPL \
    QPL-1.0 QPL-1.0-INRIA-2004 RPSL-1.0 SimPL-2.0 Sleepycat SMAIL-GPL TAPR-OHL-1.0 TGPPL-1.0 TMate \
    TOSL Watcom-1.0";

/// So does what is only offered over a network.
const NETWORK_COPYLEFT: &str = "\
    AGPL-1.0 AGPL-1.0-only AGPL-1.0-or-later AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later APL-1.0 CAL-1.0 \
    CAL-1.0-Combined-Work-Exception CPAL-1.0 EUPL-1.0 EUPL-1.1 EUPL-1.2 NPOSL-3.0 OSL-1.0 OSL-1.1 \
    OSL-2.0 OSL-2.1 OSL-3.0 Parity-6.0.0 Parity-7.0.0 RPL-1.1 RPL-1.5 SSPL-1.0 UCL-1.0";

/// What is adapted of a work or a database stays under its terms.
const SHARE_ALIKE: &str = "\
    CC-BY-NC-SA-1.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-2.0-DE CC-BY-NC-SA-2.0-FR CC-BY-NC-SA-2.0-UK \
    CC-BY-NC-SA-2.5 CC-BY-NC-SA-3.0 CC-BY-NC-SA-3.0-DE CC-BY-NC-SA-3.0-IGO CC-BY-NC-SA-4.0 \
    CC-BY-SA-1.0 CC-BY-SA-2.0 CC-BY-SA-2.0-UK CC-BY-SA-2.1-JP CC-BY-SA-2.5 CC-BY-SA-3.0 \
    CC-BY-SA-3.0-AT CC-BY-SA-3.0-DE CC-BY-SA-3.0-IGO CC-BY-SA-4.0 CC-SA-1.0 CDL-1.0 CDLA-Sharing-1.0 \
    GFDL-1.1 GFDL-1.1-invariants-only GFDL-1.1-invariants-or-later GFDL-1.1-no-invariants-only \
    GFDL-1.1-no-invariants-or-later GFDL-1.1-only GFDL-1.1-or-later GFDL-1.2 GFDL-1.2-invariants-only \
    GFDL-1.2-invariants-or-later GFDL-1.2-no-invariants-only GFDL-1.2-no-invariants-or-later \
    GFDL-1.2-only GFDL-1.2-or-later GFDL-1.3 GFDL-1.3-invariants-only GFDL-1.3-invariants-or-later \
    GFDL-1.3-no-invariants-only GFDL-1.3-no-invariants-or-later GFDL-1.3-only GFDL-1.3-or-later \
    LAL-1.2 LAL-1.3 Linux-man-pages-copyleft Linux-man-pages-copyleft-2-para \
    Linux-man-pages-copyleft-var ODbL-1.0 PPL";

/// Not everybody may do everything: terms of use, of trade or of change.
const LIMITED: &str = "\
    3D-Slicer-1.0 Aladdin BSD-3-Clause-No-Military-License BSD-3-Clause-No-Nuclear-License \
    BSD-3-Clause-No-Nuclear-License-2014 BUSL-1.1 C-UDA-1.0 CC-BY-NC-1.0 CC-BY-NC-2.0 CC-BY-NC-2.5 \
    CC-BY-NC-3.0 CC-BY-NC-3.0-DE CC-BY-NC-3.0-IGO CC-BY-NC-4.0 CC-BY-NC-ND-1.0 CC-BY-NC-ND-2.0 \
    CC-BY-NC-ND-2.5 CC-BY-NC-ND-3.0 CC-BY-NC-ND-3.0-DE CC-BY-NC-ND-3.0-IGO CC-BY-NC-ND-4.0 \
    CC-BY-ND-1.0 CC-BY-ND-2.0 CC-BY-ND-2.5 CC-BY-ND-3.0 CC-BY-ND-3.0-DE CC-BY-ND-4.0 CPOL-1.02 \
    Elastic-2.0 FSL-1.1-ALv2 FSL-1.1-MIT Hippocratic-2.1 JSON MS-LPL NCGL-UK-2.0 \
    PolyForm-Noncommercial-1.0.0 PolyForm-Small-Business-1.0.0 SUL-1.0 UnRAR";
